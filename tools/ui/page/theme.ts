/**
 * Light or dark: as the system has it, or as the page says in which this one is a frame.
 *
 * @module
 */

export type Theme = "light" | "dark";

/** Follows the theme. @param told - at once, and whenever it is another. @returns what ends it */
export function followTheme(told: (theme: Theme) => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const take = (theme: Theme): void => {
    document.documentElement.dataset["theme"] = theme;
    told(theme);
  };
  const look = (): void => take(system.matches ? "dark" : "light");
  const hear = ({ source, data }: MessageEvent<{ readonly theme?: unknown } | null>): void => {
    if (source === parent && (data?.theme === "light" || data?.theme === "dark")) take(data.theme);
  };
  look();
  system.addEventListener("change", look);
  addEventListener("message", hear);
  return () => {
    system.removeEventListener("change", look);
    removeEventListener("message", hear);
  };
}
