/**
 * Groups with their members: who has what, how far it is, and how much is left.
 *
 * @module
 */
import { type GroupPicture, type MemberPicture, type Picture } from "../picture.ts";
import { type Act } from "./act.ts";
import { count } from "./format.ts";

export function Groups({ picture, act }: { readonly picture: Picture; readonly act: Act }) {
  const { groups, members } = picture;
  const inGroups = new Set(groups.flatMap((group) => group.members.map(({ clientId }) => clientId)));
  const outside = members.filter(({ name }) => !inGroups.has(name));
  if (groups.length === 0 && members.length === 0) return null;
  return (
    <section class="groups">
      {outside.map((member) => (
        <OwnMember key={member.name} name={member.name} own={member} note=" is in no group now" act={act} />
      ))}
      {groups.map((group) => (
        <Group key={group.groupId} group={group} members={members} act={act} />
      ))}
    </section>
  );
}

function Group({ group, members, act }: { group: GroupPicture; members: readonly MemberPicture[]; act: Act }) {
  const lag = group.reads.reduce((sum, one) => sum + one.lag, 0);
  return (
    <article>
      <h2>
        group {group.groupId} <span class={`state ${group.state}`}>{group.state}</span>
        <span class="lag">lag {count(lag)}</span>
      </h2>
      <ul>
        {group.members.map(({ memberId, clientId }) => {
          const own = members.find(({ name }) => name === clientId);
          return (
            <li key={memberId}>
              <OwnMember name={clientId} own={own} note="" act={act} />
              <Reads group={group} owner={memberId} positions={own?.positions ?? {}} />
            </li>
          );
        })}
      </ul>
      <Reads group={group} owner={null} positions={{}} />
    </article>
  );
}

/** A member, with buttons if this page runs it. */
function OwnMember(props: { name: string; own: MemberPicture | undefined; note: string; act: Act }) {
  const { name, own, note, act } = props;
  const wish = (verb: string) => () => void act({ do: verb, name });
  return (
    <div class="member">
      <b>{name}</b> {own !== undefined && <span>read {count(own.read)}</span>}
      {own?.isStuck === true && <b class="missing">stuck</b>}
      {note !== "" && <span class="missing">{note}</span>}
      {own !== undefined && (
        <span class="buttons">
          <button onClick={wish(own.isStuck ? "unstick-member" : "stick-member")} title="max.poll.interval.ms">
            {own.isStuck ? "unstick" : "make it stuck"}
          </button>
          <button onClick={wish("remove-member")}>close</button>
        </span>
      )}
    </div>
  );
}

function Reads(props: { group: GroupPicture; owner: string | null; positions: Readonly<Record<string, number>> }) {
  const reads = props.group.reads.filter(({ owner }) => owner === props.owner);
  if (reads.length === 0) return props.owner === null ? null : <div class="figures">has nothing</div>;
  return (
    <div class="reads">
      {reads.map(({ partition, committed, lag }) => (
        <span key={partition} class={props.owner === null ? "read nobody" : "read"} title="committed offset, lag">
          {partition}
          {props.positions[partition] !== undefined && ` at ${count(props.positions[partition])},`} committed{" "}
          {committed < 0 ? "–" : count(committed)}
          {lag > 0 && <b> lag {count(lag)}</b>}
          {props.owner === null && " (nobody reads it)"}
        </span>
      ))}
    </div>
  );
}
