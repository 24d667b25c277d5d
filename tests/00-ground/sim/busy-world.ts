import { type Runtime } from "#ground/runtime";
import { SimWorld } from "#ground/sim/sim-world";

/** Three nodes that talk at random, with timers, disks, crashes and a partition. */
export async function busyWorld(seed: number): Promise<SimWorld> {
  const world = new SimWorld(seed);
  const names = ["a", "b", "c"];
  const start = async (runtime: Runtime, name: string): Promise<void> => {
    const { disk, random, scheduler, transport } = runtime;
    const file = disk.open("/journal", { create: true });
    const ignore = { onData: () => {}, onClose: () => {} };
    await transport.listen(name, 9092, (connection) => {
      connection.handle({
        onData: (chunk) => {
          file.append([chunk]);
          connection.write([random.bytes(10)]);
        },
        onClose: () => {},
      });
    });
    scheduler.spawn("talk", async () => {
      for (;;) {
        const peer = await transport.connect(names[random.int(3)]!, 9092, 100).catch(() => null);
        peer?.handle(ignore);
        peer?.write([random.bytes(1 + random.int(50_000))]);
        await new Promise<void>((resolve) => scheduler.at(runtime.clock.nowMs() + 20 * random.next(), resolve));
        await file.flush();
        peer?.close();
      }
    });
  };
  for (const name of names) void start(world.node(name).runtime, name);
  world.network.dropProbability = 0.01;
  await world.run(50);
  world.network.partition("a", "b");
  world.node("b").powerLoss();
  await world.run(50);
  world.network.heal();
  void start(world.node("b").restart(), "b");
  await world.run(100);
  return world;
}

// Run as a program, with a seed: prints the hash of the trace.
if (process.argv[1]?.endsWith("busy-world.ts") === true) {
  console.log((await busyWorld(Number(process.argv[2]))).traceHash);
}
