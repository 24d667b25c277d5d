import { diskConformance } from "../node/disk-conformance.ts";
import { testRuntime } from "../../support/sim.ts";

diskConformance("sim", () => {
  const { disk } = testRuntime();
  disk.makeFolder("/data");
  return { disk, folder: "/data" };
});
