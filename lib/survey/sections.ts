import type { Deadline } from '../ocf/deadline.ts';
import type { Runner } from '../system/runner.ts';
import type { EventsFacts, EventsOptions } from './events.ts';
import type { ExitReasonsFacts, ExitReasonsOptions } from './exit-reasons.ts';
import type { HostFacts } from './host.ts';
import type { NetworkFacts } from './network.ts';
import type { ReachFacts, ReachOptions } from './reach.ts';
import type { ReceiverFacts } from './receiver.ts';
import type { ServicesFacts } from './services.ts';
import type { SshFacts, SshOptions } from './ssh.ts';
import type { VmConfigFacts, VmConfigsOptions } from './vm-configs.ts';
import type { VmsFacts, VmsOptions } from './vms.ts';

/** What a section gets to find its facts with. */
export interface SurveyContext {
  readonly runner: Runner;
  readonly deadline: Deadline;
}

/** Every section of a survey: what it is asked, and what it answers. Both travel between nodes as JSON. */
export interface Sections {
  readonly exitReasons: { readonly options: ExitReasonsOptions; readonly facts: ExitReasonsFacts };
  readonly events: { readonly options: EventsOptions; readonly facts: EventsFacts };
  readonly host: { readonly options: Record<string, never>; readonly facts: HostFacts };
  readonly reach: { readonly options: ReachOptions; readonly facts: ReachFacts };
  readonly receiver: { readonly options: Record<string, never>; readonly facts: ReceiverFacts };
  readonly vms: { readonly options: VmsOptions; readonly facts: VmsFacts };
  readonly network: { readonly options: Record<string, never>; readonly facts: NetworkFacts };
  readonly services: { readonly options: Record<string, never>; readonly facts: ServicesFacts };
  readonly ssh: { readonly options: SshOptions; readonly facts: SshFacts };
  readonly vmConfigs: { readonly options: VmConfigsOptions; readonly facts: readonly VmConfigFacts[] };
}

type Section<Name extends keyof Sections> = (
  options: Sections[Name]['options'],
  context: SurveyContext,
) => Promise<Sections[Name]['facts']>;

/** Loaded on demand: most questions need one section only. */
export const sections: { readonly [Name in keyof Sections]: () => Promise<Section<Name>> } = {
  exitReasons: async () => (await import('./exit-reasons.ts')).exitReasonsFacts,
  events: async () => (await import('./events.ts')).eventsFacts,
  host: async () => (await import('./host.ts')).hostFacts,
  reach: async () => (await import('./reach.ts')).reachFacts,
  receiver: async () => (await import('./receiver.ts')).receiverFacts,
  vms: async () => (await import('./vms.ts')).vmsFacts,
  network: async () => (await import('./network.ts')).networkFacts,
  services: async () => (await import('./services.ts')).servicesFacts,
  ssh: async () => (await import('./ssh.ts')).sshFacts,
  vmConfigs: async () => (await import('./vm-configs.ts')).vmConfigsFacts,
};
