/** A value that is there, or a promise of it. */
export type Soon<T> = T | Promise<T>;

/**
 * Goes on with a value, at once where it is there.
 *
 * An `await` gives way to the event loop even then. A monitor of a running VM has nothing to wait for, and in the native form
 * it is done before the event loop ever runs, which spares it a twentieth of its CPU time.
 */
export function andThen<T, Next>(value: Soon<T>, next: (value: T) => Soon<Next>): Soon<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Does work and, when it fails, what makes up for it: at once where it fails at once. */
export function orElse<T>(work: () => Soon<T>, otherwise: (error: unknown) => Soon<T>): Soon<T> {
  try {
    const value = work();
    return value instanceof Promise ? value.catch(otherwise) : value;
  } catch (error) {
    return otherwise(error);
  }
}
