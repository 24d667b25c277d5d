/**
 * `npm run upgrade -- FOLDER|ZIP`: takes a new version of the course from a folder or a zip, and keeps the learner's
 * work. All that is replaced or goes away is saved under .attempts/upgrade/ first.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { renameSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { hasSolution, listChapters, ROOT } from "../course/chapters.ts";
import { readSolution, readWork } from "../course/files.ts";
import { given, noteGivenFilesAnew } from "../course/given-files.ts";
import { BadRequest, oneWord } from "../course/selection.ts";
import { stubsOf } from "../course/stubs.ts";
import { attemptFolder } from "../course/work.ts";
import { countOf } from "../run/wrap.ts";

/** What no version of the course brings along: what is installed, made, or the learner's. */
const NOT_OF_THE_COURSE = new Set(["node_modules", ".git", ".attempts", ".cache", "data", "coverage"]);
const MADE = new Set([join("docs", "api"), join("tools", "ui", "dist")]);

/** One file of the new version, and what becomes of the one that is there. */
interface Step {
  readonly path: string;
  readonly text: Buffer;
}

/** The learner's files: those that both sides have changed are brought together, or left and told. */
interface Work {
  readonly steps: readonly Step[];
  readonly kept: readonly string[];
  readonly merged: readonly string[];
  /** What both sides have changed at one place: the new stubs. */
  readonly apart: readonly Step[];
}

/** @returns the exit code: 1 if files are left to be brought together by hand */
export function upgrade(words: readonly string[], root: string = ROOT): number {
  const word = oneWord(words);
  if (word === undefined) {
    throw new BadRequest("Upgrade from what? For example: npm run upgrade -- ../katafka-new or katafka-new.zip");
  }
  const scratch = mkdtempSync(join(tmpdir(), "katafka-upgrade-"));
  try {
    const from = courseIn(resolve(process.env["INIT_CWD"] ?? root, word), scratch);
    if (realpathSync(from) === realpathSync(root)) throw new BadRequest(`${word} is this folder itself.`);
    return take(root, from, scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function take(root: string, from: string, scratch: string): number {
  // All is read before anything is written.
  const work = bringTogether(root, from, scratch);
  const isLearners = new Set([...work.steps, ...work.apart].map(({ path }) => path).concat(work.kept));
  const paths = filesIn(from, "");
  const others = paths
    .filter((path) => !isLearners.has(path))
    .map((path) => ({ path, text: readFileSync(join(from, path)) }));
  const isNew = new Set(paths);
  const gone = given(root).flatMap((folder) => filesIn(root, folder)).filter((path) => !isNew.has(path));

  const saved = attemptFolder(root, "upgrade");
  // The reference last: should this be interrupted, the next try still knows what the stubs were.
  const isReference = ({ path }: Step): boolean => path.startsWith("solutions");
  const ordered = [...work.steps, ...others.filter((one) => !isReference(one)), ...others.filter(isReference)];
  const changed = ordered.filter((step) => write(root, saved, step)).length;
  for (const path of gone) setAside(root, saved, path);
  for (const { path, text } of work.apart) put(join(root, saved, "new", path), text);
  noteGivenFilesAnew(root);

  console.log(`${countOf(changed, "file")} of the new version taken, ${gone.length} that it no longer has set aside.`);
  if (existsSync(join(root, saved))) console.log(`What they replace is in ${saved}`);
  console.log(`Your work: ${countOf(work.kept.length, "file")} as it was, ${work.merged.length} brought together.`);
  for (const path of work.merged) console.log(`  ${path} has what is new and what you wrote`);
  for (const { path } of work.apart) {
    console.log(`  ${path} stays as you wrote it: the new version changes the same lines.`);
    console.log(`    Compare it with ${join(saved, "new", path)}`);
  }
  console.log("Next: `npm ci`, then `npm run status`.");
  return work.apart.length > 0 ? 1 : 0;
}

/** The folder that holds the new version. */
function courseIn(path: string, scratch: string): string {
  if (!existsSync(path)) throw new BadRequest(`${path} is not there.`);
  const folder = statSync(path).isDirectory() ? path : unpacked(path, join(scratch, "zip"));
  // A zip mostly holds one folder that holds all.
  const inside = [folder, ...readdirSync(folder).map((name) => join(folder, name))];
  const found = inside.find((one) => nameOf(join(one, "package.json")) === "katafka");
  if (found === undefined || !existsSync(join(found, "solutions"))) {
    throw new BadRequest(`${path} holds no katafka: expected a package.json of that name, and solutions/ beside it.`);
  }
  return found;
}

function nameOf(path: string): unknown {
  try {
    return (JSON.parse(readFileSync(path, "utf8")) as { name?: unknown }).name;
  } catch {
    return undefined;
  }
}

function unpacked(zip: string, to: string): string {
  mkdirSync(to);
  // What comes with the systems: Windows' tar reads zips.
  const isWindows = process.platform === "win32";
  const [program, words] = isWindows ? ["tar", ["-xf", zip, "-C", to]] : ["unzip", ["-q", zip, "-d", to]];
  const { error, status, stderr } = spawnSync(program, words, { encoding: "utf8" });
  if (error !== undefined) throw new BadRequest(`${program} isn't there: unpack ${zip} yourself, and name the folder.`);
  if (status !== 0) throw new BadRequest(`${zip} can't be unpacked: ${stderr.trim()}`);
  return to;
}

function bringTogether(root: string, from: string, scratch: string): Work {
  const work = { steps: [] as Step[], kept: [] as string[], merged: [] as string[], apart: [] as Step[] };
  for (const chapter of listChapters(from).filter((one) => hasSolution(from, one))) {
    const [reference, oldReference] = [readSolution(from, chapter), readSolution(root, chapter)];
    const [stubs, oldStubs] = [stubsOf(reference), stubsOf(oldReference)];
    const mine = readWork(root, chapter);
    for (const name of new Set([...stubs.keys(), ...mine.keys()])) {
      const path = join("chapters", chapter.folder, name);
      const [own, stub, oldStub] = [mine.get(name), stubs.get(name), oldStubs.get(name)];
      const step = (text: string): Step => ({ path, text: Buffer.from(text) });
      if (stub === undefined || own === stub) {
        work.kept.push(path);
      } else if (own === undefined || own === oldStub) {
        work.steps.push(step(stub));
      } else if (own === oldReference.get(name)) {
        work.steps.push(step(reference.get(name)!));
      } else if (stub === oldStub) {
        work.kept.push(path);
      } else {
        const both = mergeOf(own, oldStub ?? "", stub, scratch);
        if (both !== null) work.merged.push(path);
        (both === null ? work.apart : work.steps).push(step(both ?? stub));
      }
    }
  }
  return work;
}

/** Both changes in one text; null if they meet, or if there is no git to bring them together. */
function mergeOf(own: string, base: string, theirs: string, scratch: string): string | null {
  const files = Object.entries({ own, base, theirs }).map(([name, text]) => {
    const path = join(scratch, name);
    writeFileSync(path, text);
    return path;
  });
  const { status, stdout } = spawnSync("git", ["merge-file", "-p", ...files], { encoding: "utf8" });
  return status === 0 ? stdout : null;
}

/** Files under a folder of a course, by their path in the course. */
function filesIn(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (NOT_OF_THE_COURSE.has(entry.name) || MADE.has(path)) return [];
    return entry.isDirectory() ? filesIn(root, path) : entry.isFile() ? [path] : [];
  });
}

/** @returns whether there was anything to write */
function write(root: string, saved: string, { path, text }: Step): boolean {
  const to = join(root, path);
  if (existsSync(to) && readFileSync(to).equals(text)) return false;
  setAside(root, saved, path);
  put(to, text);
  return true;
}

function setAside(root: string, saved: string, path: string): void {
  if (!existsSync(join(root, path))) return;
  mkdirSync(dirname(join(root, saved, path)), { recursive: true });
  renameSync(join(root, path), join(root, saved, path));
}

function put(path: string, text: Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
