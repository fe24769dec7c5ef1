const cell = new Int32Array(new SharedArrayBuffer(4));

/** Blocks this process for some milliseconds; signals still end it. */
export function sleep(ms: number): void {
  if (ms > 0) Atomics.wait(cell, 0, 0, ms);
}

/** Blocks until the condition holds or the time is over; tells whether it held. */
export function waitUntil(condition: () => boolean, ms: number): boolean {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() >= end) return false;
    sleep(20);
  }
  return true;
}
