import { configureGlobal } from 'fast-check';

// The same inputs in every run: a failure is one of the change at hand. OCF_VIRT_LONG looks for new ones.
if (process.env['OCF_VIRT_LONG'] === undefined) configureGlobal({ seed: 20_180_101 });
