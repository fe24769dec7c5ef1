import { type Listener, listen } from '../../system/listen.ts';
import type { ProcessIdentity } from '../../system/process-identity.ts';

/** Whether the deaths of domains are heard of: `listening`, `not installed`, or why not. */
export type Hearing = 'listening' | 'not installed' | string;

export interface XenstoreWatch {
  hearing(): Hearing;
  end(): void;
}

/**
 * What xenstored announces: that a domain ended, by itself or by force, and that one was introduced. The line comes
 * before `xl destroy` has returned (seen on Xen 4.17).
 */
const announcements = ['@releaseDomain', '@introduceDomain'];

/**
 * Hears of the births and deaths of domains through xenstore-watch, for as long as the program runs.
 *
 * A new xenstore-watch takes the place of the old one every `renewMs`: one whose xenstored has ended hears nothing any
 * more, and takes a whole CPU for that (seen with that of Xen 4.17). Each prints every path once at its start, which
 * proves that xenstored answers. While it does not, it is tried again and again, with growing pauses.
 *
 * @param onEvent is called when something may have happened, also when nothing has.
 * @param onProcess is called with the process that listens from now on, for whoever has to end it after this program was
 * killed.
 */
export function watchXenstore(
  onEvent: () => void,
  onProcess: (process: ProcessIdentity | undefined) => void,
  { renewMs = 30_000, answerMs = 10_000, retryMs = 1000 } = {},
): XenstoreWatch {
  let hearing: Hearing = 'xenstore-watch has not answered yet';
  let current: Listener | undefined;
  let next: Listener | undefined;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;

  const begin = () => {
    let lines = 0;
    const own = listen(
      'xenstore-watch',
      announcements,
      () => {
        lines += 1;
        if (lines === announcements.length) takeOver(own);
        onEvent();
      },
      (why) => failed(why === 'missing' ? 'not installed' : `xenstore-watch ended: ${why}`),
    );
    next = own;
    timer = setTimeout(() => failed('xenstored does not answer'), answerMs);
  };
  const takeOver = (own: Listener) => {
    clearTimeout(timer);
    current?.end();
    current = own;
    next = undefined;
    hearing = 'listening';
    failures = 0;
    onProcess(own.process);
    timer = setTimeout(begin, renewMs);
  };
  const failed = (why: string) => {
    clearTimeout(timer);
    current?.end();
    next?.end();
    current = undefined;
    next = undefined;
    hearing = why;
    failures += 1;
    timer = setTimeout(begin, Math.min(60_000, retryMs * 2 ** failures));
  };
  begin();
  return {
    hearing: () => hearing,
    end: () => {
      clearTimeout(timer);
      current?.end();
      next?.end();
    },
  };
}
