/*
 * The fastest vmware-vim-cmd there is, with one VM that runs, whose .vmx is $BENCH_VMX. The same for every agent that is
 * measured. Called as vmware-hostd it waits for ever, for agents that look for that process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv) {
    const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    const char *command = argc > 1 ? argv[1] : "", *vmx = getenv("BENCH_VMX");
    if (strcmp(name, "vmware-hostd") == 0) return pause();
    if (strcmp(command, "vmsvc/getallvms") == 0)
        printf("Vmid   Name          File                 Guest OS       Version   Annotation\n"
               "16     vm01   [] %s   otherLinuxGuest   vmx-07              \n", vmx);
    if (strcmp(command, "vmsvc/power.getstate") == 0) printf("Retrieved runtime info\nPowered on\n");
    if (strcmp(command, "vmsvc/get.summary") == 0)
        printf("Listsummary:\n(vim.vm.Summary) {\n   vm = 'vim.VirtualMachine:16',\n"
               "   runtime = (vim.vm.RuntimeInfo) {\n      powerState = \"poweredOn\",\n"
               "      question = (vim.vm.QuestionInfo) null,\n   },\n"
               "   config = (vim.vm.Summary.ConfigSummary) {\n      vmPathName = \"[] %s\",\n   },\n}\n", vmx);
    return 0;
}
