import { defineConfig } from "vite";

// The page, built ahead: nobody who starts a cluster waits for it.
export default defineConfig({
  root: "tools/ui/page",
  logLevel: "warn",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: { outDir: "../dist", emptyOutDir: true, chunkSizeWarningLimit: 1_000 },
});
