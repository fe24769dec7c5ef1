/** How a tool ends when it cannot do what it was told. */
export class Refusal extends Error {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
  constructor(answer: { readonly stdout?: string; readonly stderr?: string; readonly exit: number }) {
    super(answer.stderr ?? answer.stdout ?? '');
    this.stdout = answer.stdout ?? '';
    this.stderr = answer.stderr ?? '';
    this.exit = answer.exit;
  }
}
