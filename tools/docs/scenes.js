// A scene runs while its frame is open: closed, it costs nothing. It has the colours of this page.
"use strict";
{
  const system = matchMedia("(prefers-color-scheme: dark)");
  const theme = () => {
    const chosen = document.documentElement.dataset.theme;
    return chosen === "light" || chosen === "dark" ? chosen : system.matches ? "dark" : "light";
  };
  // A page from a file has no origin by which it could be addressed.
  const tell = (frame) => frame.contentWindow?.postMessage({ theme: theme() }, "*");
  const scenes = [...document.querySelectorAll("details.scene")];
  for (const scene of scenes) {
    scene.addEventListener("load", ({ target }) => tell(target), true);
    scene.addEventListener("toggle", () => {
      const frame = scene.querySelector("iframe");
      if (scene.open) frame.src = frame.dataset.src;
      else {
        const empty = frame.cloneNode();
        empty.removeAttribute("src");
        frame.replaceWith(empty);
      }
    });
  }
  const tellAll = () => scenes.forEach((scene) => tell(scene.querySelector("iframe")));
  system.addEventListener("change", tellAll);
  new MutationObserver(tellAll).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}
