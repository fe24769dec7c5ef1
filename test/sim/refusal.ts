/** A command that fails as xl would: its words on stderr, and its exit code. */
export class Refusal extends Error {
  readonly exit: number;
  constructor(message: string, exit = 1) {
    super(message);
    this.exit = exit;
  }
}
