import { expect, it } from 'vitest';
import { badArguments, failed, notConfigured, notInstalled, OcfError } from '../../../../lib/ocf/error.ts';

it.each([
  [failed, 1],
  [badArguments, 2],
  [notInstalled, 5],
  [notConfigured, 6],
])('%o makes an error of exit code %i with its message and remedy', (make, code) => {
  const error = make('what happened', 'what to do');
  expect(error).toBeInstanceOf(OcfError);
  expect(error).toMatchObject({ exit: code, message: 'what happened', remedy: 'what to do', name: 'OcfError' });
});
