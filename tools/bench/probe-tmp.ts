import { connect } from "./start-brokers.ts";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
const c = await connect("127.0.0.1:21501");
const n = Number(process.argv[2]);
const t0 = performance.now();
const wanted = Array.from({length:n},(_, i) => ({ name:`p-${i}`, numPartitions: 10, replicationFactor: 3 }));
try {
const { topics } = await c.send(CreateTopics, { topics: wanted, timeoutMs: 100_000 });
console.log(performance.now()-t0, topics.filter(t=>t.errorCode!==0).slice(0,3), topics.length);
} catch (e) { console.log(performance.now()-t0, String(e)); }
c.close();
