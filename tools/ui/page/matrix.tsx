/**
 * Partitions against brokers: each cell is a replica with its log.
 *
 * @module
 */
import { type BrokerPicture, type PartitionPicture, type Picture, type ReplicaPicture } from "../picture.ts";
import { type Act } from "./act.ts";
import { isOtherBroker, isOtherPartition, isOtherReplica } from "./differences.ts";
import { bytes, count } from "./format.ts";
import { Hurts } from "./hurts.tsx";

const MOST_ROWS = 40;

interface MatrixProps {
  readonly picture: Picture;
  readonly act: Act;
  /** What has changed since that picture is marked. */
  readonly before?: Picture | null;
}

export function Matrix({ picture, act, before = null }: MatrixProps) {
  const { brokers, partitions, omittedPartitions, canAct, followed } = picture;
  const shown = partitions.slice(0, MOST_ROWS);
  const more = partitions.length - shown.length + omittedPartitions;
  return (
    <table class="matrix">
      <thead>
        <tr>
          <th class="corner" />
          {brokers.map((broker) => (
            <th key={broker.id} class={`broker ${broker.state}${mark(isOtherBroker(before, broker))}`}>
              <BrokerHead broker={broker} canAct={canAct} act={act} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {shown.length === 0 && (
          <tr>
            <td class="nothing" colSpan={brokers.length + 1}>
              There is no topic yet. <span class="hint">Produce something: that makes one.</span>
            </td>
          </tr>
        )}
        {shown.map((partition) => (
          <tr key={`${partition.topic}-${partition.index}`}>
            <PartitionHead partition={partition} before={before} />
            {brokers.map(({ id }) => (
              <Replica
                key={id}
                partition={partition}
                brokerId={id}
                before={before}
                followedOffset={offsetIn(partition, followed)}
              />
            ))}
          </tr>
        ))}
      </tbody>
      {more > 0 && <caption>and {count(more)} more partitions</caption>}
    </table>
  );
}

function mark(isChanged: boolean): string {
  return isChanged ? " changed" : "";
}

function offsetIn({ topic, index }: PartitionPicture, followed: Picture["followed"]): number | null {
  return followed?.partition === `${topic}-${index}` ? followed.offset : null;
}

function BrokerHead({ broker, canAct, act }: { broker: BrokerPicture; canAct: boolean; act: Act }) {
  const { id, state, isController, leads, cpuShare, rssBytes, bytesPerSecond, code, rack, unwritten, network } = broker;
  const wish = (verb: string) => {
    const title = `npm run cluster -- ${verb} ${id}`;
    return { title, onClick: () => void act({ do: verb, broker: id }, title) };
  };
  return (
    <>
      <div class="name">
        broker {id} {isController && <b class="controller">controller</b>}
        <span class={`state ${state}`}>{state}</span>
      </div>
      <div class="figures">
        leads {leads}
        {cpuShare !== null && `, CPU ${Math.round(cpuShare * 100)} %`}
        {rssBytes !== null && `, ${bytes(rssBytes)}`}
        {bytesPerSecond !== null && bytesPerSecond > 0 && `, ${bytes(bytesPerSecond)}/s`}
        {rack !== null && `, rack ${rack}`}
        {code !== null && `, ${code}`}
      </div>
      {unwritten !== null && <b class="missing unwritten">{unwritten}</b>}
      {canAct && (
        <div class="buttons">
          {(state === "up" || state === "starting") && <button {...wish("kill")}>kill -9</button>}
          {state === "up" && <button {...wish("freeze")}>freeze</button>}
          {state === "up" && <button {...wish("stop")}>stop</button>}
          {state === "frozen" && <button {...wish("resume")}>resume</button>}
          {state === "frozen" && <button {...wish("kill")}>kill -9</button>}
          {state === "down" && <button {...wish("start")}>start</button>}
        </div>
      )}
      {canAct && network !== null && <Hurts id={id} network={network} act={act} />}
    </>
  );
}

function PartitionHead({ partition, before }: { partition: PartitionPicture; before: Picture | null }) {
  const { topic, index, leader, leaderEpoch, isr, assigned, recordsPerSecond } = partition;
  const out = assigned.filter((id) => !isr.includes(id));
  return (
    <th class={`partition${mark(isOtherPartition(before, partition))}`} scope="row">
      <div class="name">
        {topic}-{index} <span class="rate">{recordsPerSecond >= 1 ? `${count(recordsPerSecond)}/s` : ""}</span>
      </div>
      <div class="figures">
        {leader < 0 ? <b class="missing">no leader</b> : `leader ${leader}, epoch ${leaderEpoch}`}
        <br />
        ISR {isr.toSorted((a, b) => a - b).join(" ")}
        {out.length > 0 && <b class="missing"> out {out.join(" ")}</b>}
      </div>
    </th>
  );
}

function Replica(props: {
  readonly partition: PartitionPicture;
  readonly brokerId: number;
  readonly before: Picture | null;
  readonly followedOffset: number | null;
}) {
  const { partition, brokerId, before, followedOffset } = props;
  const replica = partition.replicas.find((one) => one.brokerId === brokerId);
  if (replica === undefined) return <td class="none">{partition.assigned.includes(brokerId) ? "?" : ""}</td>;
  const isLeader = partition.leader === brokerId;
  const place = !replica.isCurrent ? "away" : isLeader ? "leader" : placeOf(partition, brokerId);
  const words = place === "away" ? "as last seen" : isLeader ? "leader" : place === "in-sync" ? "in sync" : "not in sync";
  const end = Math.max(...partition.replicas.map(({ logEndOffset }) => logEndOffset));
  return (
    <td class={`replica ${place}${mark(isOtherReplica(before, partition, replica))}`}>
      <div class="role">
        {words}
        {replica.logEndOffset < end && <b> −{count(end - replica.logEndOffset)}</b>}
        {!isLeader && secondsOf(replica.lagMs)}
      </div>
      <Log replica={replica} from={startOf(partition)} to={end} followed={followedOffset} />
      <div class="figures">
        end {count(replica.logEndOffset)}, HW {count(replica.highWatermark)}
      </div>
    </td>
  );
}

/** For how long a replica has been behind; nobody knows of one that has never been level. */
function secondsOf(lagMs: number | null): string {
  return lagMs === null || lagMs <= 0 || lagMs === Infinity ? "" : ` ${(lagMs / 1_000).toFixed(1)} s`;
}

function placeOf({ isr }: PartitionPicture, brokerId: number): "in-sync" | "out-of-sync" {
  return isr.includes(brokerId) ? "in-sync" : "out-of-sync";
}

function startOf({ replicas }: PartitionPicture): number {
  return Math.min(...replicas.map(({ logStartOffset }) => logStartOffset));
}

/** A log by its offsets: what is committed is full, what isn't yet is hatched, each segment has an edge. */
function Log(props: { replica: ReplicaPicture; from: number; to: number; followed: number | null }) {
  const { replica, from, to, followed } = props;
  const scale = 100 / Math.max(1, to - from);
  const at = (offset: number) => `${Math.min(100, Math.max(0, (offset - from) * scale))}%`;
  const { logStartOffset, highWatermark, logEndOffset, segments } = replica;
  const widthOf = (start: number, end: number) => `${Math.max(0, end - start) * scale}%`;
  const total = segments.reduce((sum, one) => sum + one.bytes, 0);
  return (
    <div class="log" title={`${segments.length} segments, ${bytes(total)}, from offset ${logStartOffset}`}>
      <i class="committed" style={{ left: at(logStartOffset), width: widthOf(logStartOffset, highWatermark) }} />
      <i class="uncommitted" style={{ left: at(highWatermark), width: widthOf(highWatermark, logEndOffset) }} />
      {segments.slice(1).map(({ baseOffset }) => (
        <i key={baseOffset} class="edge" style={{ left: at(baseOffset) }} />
      ))}
      {followed !== null && followed < logEndOffset && <i class="followed" style={{ left: at(followed + 0.5) }} />}
    </div>
  );
}
