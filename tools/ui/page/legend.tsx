/**
 * What the colours of replicas mean.
 *
 * @module
 */

/** @param props.hasChanges - whether what has just changed is marked, too */
export function Legend({ hasChanges = false }: { readonly hasChanges?: boolean }) {
  return (
    <span class="legend">
      <i class="key leader" /> leader <i class="key in-sync" /> in sync <i class="key out-of-sync" /> not in sync{" "}
      <i class="key away" /> away {hasChanges && <><i class="key just-changed" /> just changed</>}
    </span>
  );
}
