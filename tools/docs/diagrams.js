// Draws the diagrams of a page in the colours of its theme, and again when that changes.
"use strict";
(() => {
  const diagrams = [...document.querySelectorAll("pre.mermaid")].map((element) => ({ element, text: element.textContent }));
  if (diagrams.length === 0) return;

  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => {
    const theme = document.documentElement.dataset.theme;
    return theme === "dark" || (theme !== "light" && system.matches);
  };
  async function draw() {
    mermaid.initialize({ startOnLoad: false, theme: isDark() ? "dark" : "default", flowchart: { useMaxWidth: true } });
    for (const { element, text } of diagrams) {
      element.removeAttribute("data-processed");
      element.textContent = text;
    }
    await mermaid.run({ nodes: diagrams.map(({ element }) => element) });
  }

  const library = document.createElement("script");
  library.src = document.currentScript.src.replace("mermaid.js", "mermaid.tiny.js");
  library.addEventListener("load", () => {
    void draw();
    system.addEventListener("change", draw);
    new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  });
  document.head.append(library);
})();
