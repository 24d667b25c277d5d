/**
 * One of Kafka's tools as a process of a demo, on the same code: `--mine` holds for it, too.
 *
 * @module
 */
import { main } from "#cluster/main-tool";

process.exitCode = await main(process.argv.slice(2));
