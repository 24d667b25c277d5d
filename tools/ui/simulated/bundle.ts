/**
 * Makes the page of the simulated cluster: one file, without anything beside it, that works from a server and from a
 * disk. In it is a worker, and in that the cluster's code: the reference, or a learner's chapters.
 *
 * @module
 */
import { isBuiltin } from "node:module";
import { fileURLToPath } from "node:url";
import { build, defaultClientConditions, type InlineConfig, type Plugin, type Rollup } from "vite";
import { conditions, ROOT } from "../../course/chapters.ts";

const WORKER = "virtual:worker";
const HERE = fileURLToPath(new URL(".", import.meta.url));
const browser = (name: string): string => `${HERE}browser/${name}.ts`;
/** What of Node the code may use, and what stands in for it. All else is refused: lint and tests build this. */
const STAND_INS: readonly (readonly [RegExp, string])[] = [
  [/^node:buffer$/, browser("buffer")],
  [/^node:timers$/, browser("timers")],
  [/^node:zlib$/, browser("zlib")],
  [/^#ground\/node\/(node-runtime|native-crc32c)$/, browser("no-machine")],
  [/^\.\/(gzip|lz4|snappy|zstd)\.ts$/, browser("no-codecs")],
];

/** @param mine - the chapters that are the learner's. @returns the page, as HTML */
export async function bundleSimulated(mine: readonly number[] = [], root: string = ROOT): Promise<string> {
  const worker = await bundle(root, `${HERE}worker.ts`, mine, []);
  const page = await bundle(root, fileURLToPath(new URL("../page/simulated.tsx", import.meta.url)), mine, [
    {
      name: "worker",
      resolveId: (id) => (id === WORKER ? id : null),
      load: (id) => (id === WORKER ? `export default ${JSON.stringify(worker.code)};` : null),
    },
  ]);
  return [
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8" />',
    '<meta name="viewport" content="width=device-width, initial-scale=1" /><title>katafka, simulated</title>',
    `<link rel="icon" href="data:," /><style>${page.css}</style></head>`,
    `<body><div id="page"></div><script>${page.code.replaceAll("</script", "<\\/script")}</script></body></html>\n`,
  ].join("\n");
}

async function bundle(
  root: string, entry: string, mine: readonly number[], plugins: readonly Plugin[],
): Promise<{ readonly code: string; readonly css: string }> {
  const config: InlineConfig = {
    configFile: false,
    root,
    logLevel: "warn",
    publicDir: false,
    define: { "import.meta.env.VITE_SIMULATED": "true", "process.env.NODE_ENV": '"production"' },
    oxc: {
      jsx: { runtime: "automatic", importSource: "preact" },
      // An import of types alone is none.
      typescript: { onlyRemoveTypeImports: false },
    },
    resolve: { conditions: [...conditions(root, mine), ...defaultClientConditions] },
    plugins: [standIns(), ...plugins],
    build: {
      write: false,
      // A learner's code is seen in stack frames: its bundle stays as it is written.
      minify: mine.length === 0,
      cssMinify: true,
      chunkSizeWarningLimit: 5_000,
      rolldownOptions: { output: { keepNames: true } },
      lib: { entry, formats: ["iife"], name: "katafka", fileName: "all" },
    },
  };
  const [{ output }] = (await build(config)) as Rollup.RollupOutput[] as [Rollup.RollupOutput];
  const code = output.flatMap((one) => (one.type === "chunk" ? [one.code] : []));
  const assets = output.flatMap((one) => (one.type === "asset" ? [one] : []));
  const css = assets.flatMap(({ fileName, source }) => (fileName.endsWith(".css") ? [String(source)] : []));
  return { code: code.join("\n"), css: css.join("\n") };
}

function standIns(): Plugin {
  return {
    name: "stand-ins",
    enforce: "pre",
    resolveId(id, importer = "") {
      if (id.startsWith("./") && !importer.includes("/00-ground/compression/")) return null;
      const found = STAND_INS.find(([pattern]) => pattern.test(id))?.[1];
      if (found !== undefined) return found;
      if (isBuiltin(id)) {
        throw new Error(`${importer} imports ${id}: there is none in a browser's tab. Take it from the runtime.`);
      }
      return null;
    },
  };
}
