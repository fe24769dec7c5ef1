import {
  type Choice,
  choiceLabelled,
  describeQuestion,
  isAboutSuspendedState,
  isAboutUuid,
  parseAnswerRules,
  type Question,
  ruledChoice,
  uuidLabels,
} from '../../lib/hypervisor/vmware/question.ts';
import type { Entry } from '../../lib/hypervisor/vmware/vmware-state.ts';
import { failed } from '../../lib/ocf/error.ts';
import type { Vm, VmwareContext } from './vm.ts';

/** What the parameters say to a question, by the label of the answer; undefined when they say nothing. */
export function chosenAnswer(question: Question, { parameters }: VmwareContext): Choice | undefined {
  const ruled = ruledChoice(question, parseAnswerRules(parameters.answer_questions ?? '') ?? []);
  if (ruled !== undefined) return ruled;
  if (isAboutUuid(question)) return choiceLabelled(question, uuidLabels[parameters.uuid_action]);
  if (isAboutSuspendedState(question) && parameters.resume_failure === 'discard')
    return choiceLabelled(question, ['Discard']);
  return undefined;
}

/** What a stop says to a question: a start that asks is called off, and a suspended state stays. */
export function callingOff(question: Question): Choice | undefined {
  if (isAboutSuspendedState(question)) return choiceLabelled(question, ['Preserve', 'Cancel']);
  return isAboutUuid(question) ? choiceLabelled(question, ['Cancel']) : undefined;
}

/** Answers the questions of one action, each once. */
export interface Answering {
  /**
   * Answers the pending question.
   *
   * @throws OcfError exit 1 with the question, when nothing says what to answer.
   */
  answer(entry: Entry | undefined): Promise<void>;
}

/** How often a question that the toolstack announces, and does not show, is asked for. */
const patience = 10;

/** Answers by the parameters. */
export function answeringOf(vm: Vm, context: VmwareContext): Answering {
  const answered = new Set<string>();
  let hidden = 0;
  return {
    answer: async (entry) => {
      const { commands } = await vm.tool();
      const isNew = (question: Question) => !answered.has(`${question.number} ${question.text}`);
      const choose = (question: Question) => (isNew(question) ? chosenAnswer(question, context) : undefined);
      const asked = await commands.ask(entry, choose, context.deadline);
      if (asked === undefined) {
        hidden += 1;
        if (hidden < patience) return;
        throw failed(
          `${vm.label} waits for the answer to a question that ${vm.toolstack()} does not show`,
          'answer it on the console of VMware',
        );
      }
      const { question, answered: choice } = asked;
      if (choice !== undefined) {
        answered.add(`${question.number} ${question.text}`);
        context.log.info(`${vm.label}: ${describeQuestion(question)} is answered with ${JSON.stringify(choice.label)}`);
      } else if (isNew(question)) {
        throw failed(
          `${vm.label} waits for an answer: ${describeQuestion(question)}`,
          isAboutSuspendedState(question)
            ? 'start it on a node where it resumes; resume_failure=discard throws the suspended state away'
            : 'answer it on the console of VMware, or by the parameter answer_questions',
        );
      }
    },
  };
}
