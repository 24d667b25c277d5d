import { SimWorld } from "#ground/sim/sim-world";
import { transportConformance } from "../node/transport-conformance.ts";

for (const seed of [1, 2, 3]) {
  transportConformance(`sim (seed ${seed})`, () => {
    const world = new SimWorld(seed);
    return {
      transport: world.node("a").runtime.transport,
      host: "a",
      until: (done) => world.runUntil(done, 4_000),
      moment: () => world.run(10),
    };
  });
}
