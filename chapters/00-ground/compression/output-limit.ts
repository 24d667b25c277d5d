/** @module */

/** Thrown by a codec that would have to put out more than it may. */
export class OutputLimitError extends Error {}

/** @throws OutputLimitError when a stream that inflates to `size` bytes may not. */
export function checkOutputSize(size: number, maxBytes: number): void {
  if (size > maxBytes) throw new OutputLimitError(`${size} bytes would come out, ${maxBytes} are allowed`);
}
