// Builds the page of the picture, tools/ui/dist, after `npm ci`: nobody who starts a cluster waits for it. An install
// without the packages for development has no page, and `npm start -- --ui` says so.
import { writeFileSync } from "node:fs";
import "tsx";

const vite = await import("vite").catch(() => null);
if (vite === null) console.error("The picture in the browser is not built: vite is not installed.");
else {
  await vite.build({ configFile: new URL("vite.config.ts", import.meta.url).pathname });
  const { bundleSimulated } = await import("./simulated/bundle.ts");
  writeFileSync(new URL("dist/simulated.html", import.meta.url), await bundleSimulated());
}
