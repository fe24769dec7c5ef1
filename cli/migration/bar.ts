import type { Progress } from './copy-rate.ts';

/** A line of progress that fits a terminal: `vm01  node1 > node2  [#####-----]  52 %  532/1024 MiB  88 MiB/s  0:06 left`. */
export function bar(title: string, { filledMiB, totalMiB, share, rate, secondsLeft }: Progress, width: number): string {
  const isCopied = totalMiB > 0 && filledMiB >= totalMiB;
  const figures = [
    `${String(Math.floor(share * 100)).padStart(3)} %`,
    `${Math.round(filledMiB)}/${Math.round(totalMiB)} MiB`,
    ...(rate === undefined || isCopied ? [] : [`${Math.round(rate)} MiB/s`]),
    ...(isCopied ? ['what changed meanwhile'] : secondsLeft === undefined ? [] : [`${clockTime(secondsLeft)} left`]),
  ].join('  ');
  const room = Math.min(40, width - title.length - figures.length - 7);
  if (room < 5) return `${title}  ${figures}`;
  const full = Math.floor(room * share);
  return `${title}  [${'#'.repeat(full)}${'-'.repeat(room - full)}]  ${figures}`;
}

/** Seconds as `M:SS`, or `H:MM:SS`. */
export function clockTime(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const pad = (number: number) => String(number).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}
