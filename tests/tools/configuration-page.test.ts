import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { configurationPage } from "../../tools/docs/configuration-page.ts";

test("docs/configuration.md says what the definitions say (`npm run paste-outputs` writes it)", () => {
  const page = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");
  expect(page).toBe(configurationPage());
});
