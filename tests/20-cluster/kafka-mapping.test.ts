import { readFileSync } from "node:fs";
import { HANDLERS } from "#cluster/handlers/index";
import { expect, test } from "vitest";

const page = readFileSync(new URL("../../docs/kafka-mapping.md", import.meta.url), "utf8");

test("docs/kafka-mapping.md lists every API that is served, with its versions, and no other", () => {
  const listed = [...page.matchAll(/^\| (\d+) \| (\w+) \| (\d+)–(\d+) \|/gm)].map((row) => row.slice(1).join(" "));
  const served = HANDLERS.map(({ api, versions }) => `${api.key} ${api.name} ${versions.join(" ")}`);
  expect(listed).toEqual(served);
});
