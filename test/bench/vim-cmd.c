/*
 * The fastest vmware-vim-cmd there is, with one VM, whose .vmx is $BENCH_VMX: registered when the file $BENCH_STATE exists,
 * which holds "on", "off" or "suspended". The same for every agent that is measured. Called as vmware-hostd it waits for
 * ever, for agents that look for that process.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int is(const char *word, const char *other) { return strcmp(word, other) == 0; }
static int set(const char *state, const char *text) {
    int file = open(state, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    return write(file, text, strlen(text)) < 0 || close(file);
}
int main(int argc, char **argv) {
    const char *self = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    const char *command = argc > 1 ? argv[1] : "", *vmx = getenv("BENCH_VMX"), *state = getenv("BENCH_STATE");
    if (is(self, "vmware-hostd")) return pause();
    char power[16] = "";
    int file = open(state, O_RDONLY), registered = file >= 0 && read(file, power, sizeof power - 1) > 0;
    if (is(command, "solo/registervm")) return set(state, "off");
    if (is(command, "vmsvc/unregister")) return unlink(state);
    if (is(command, "vmsvc/power.on")) return set(state, "on");
    if (is(command, "vmsvc/power.off") || is(command, "vmsvc/power.shutdown")) return set(state, "off");
    if (is(command, "vmsvc/power.suspend")) return set(state, "suspended");
    if (is(command, "vmsvc/getallvms")) {
        printf("Vmid   Name          File                 Guest OS       Version   Annotation\n");
        if (registered) printf("16     vm01   [] %s   otherLinuxGuest   vmx-07              \n", vmx);
    }
    if (is(command, "vmsvc/power.getstate")) printf("Retrieved runtime info\n%s%s\n", is(power, "suspended") ? "" : "Powered ", is(power, "suspended") ? "Suspended" : power);
    if (is(command, "vmsvc/get.summary") && !registered) {
        printf("(vmodl.fault.ManagedObjectNotFound) {\n   msg = \"The object has already been deleted\"\n}\n");
        return 1;
    }
    if (is(command, "vmsvc/get.summary"))
        printf("Listsummary:\n(vim.vm.Summary) {\n   vm = 'vim.VirtualMachine:16',\n"
               "   runtime = (vim.vm.RuntimeInfo) {\n      powerState = \"%s\",\n"
               "      question = (vim.vm.QuestionInfo) null,\n   },\n"
               "   config = (vim.vm.Summary.ConfigSummary) {\n      vmPathName = \"[] %s\",\n   },\n}\n",
               is(power, "on") ? "poweredOn" : is(power, "off") ? "poweredOff" : power, vmx);
    return 0;
}
