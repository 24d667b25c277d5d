/**
 * A record that is followed from `send()` to the commit of who has read it.
 *
 * @module
 */
import { type FollowedPicture } from "../picture.ts";

export function FollowedRecord({ followed }: { readonly followed: FollowedPicture | null }) {
  if (followed === null) return null;
  return (
    <section class="followed-record">
      <h2>the record “{followed.value}”</h2>
      <ol>
        {followed.stations.map(({ text, afterMs }) => (
          <li key={text}>
            <time>{afterMs} ms</time> {text}
          </li>
        ))}
      </ol>
    </section>
  );
}
