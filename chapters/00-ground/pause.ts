import { type Runtime } from "#ground/runtime";

/** Resolves in `ms` milliseconds: before something is tried again. */
export function pause({ clock, scheduler }: Pick<Runtime, "clock" | "scheduler">, ms: number): Promise<void> {
  return new Promise((resolve) => void scheduler.at(clock.nowMs() + ms, resolve));
}

/** Waits for `work`, but not longer than that; Infinity: as long as it takes. @throws what it throws in time */
export function withDeadline<T>(
  work: Promise<T>,
  deadlineMs: number,
  { scheduler }: Pick<Runtime, "scheduler">,
): Promise<T | undefined> {
  if (deadlineMs === Infinity) return work;
  return new Promise((resolve, reject) => {
    const timer = scheduler.at(deadlineMs, () => resolve(undefined));
    work.finally(() => timer.cancel()).then(resolve, reject);
  });
}
