/*
 * dictionaries.S: the bytes of the dictionaries, as they lie in the folder, in read-only data.
 */
    .section .rodata
    .balign 16
    .globl dictionary_0001
    .hidden dictionary_0001
    .type dictionary_0001, @object
dictionary_0001:
    .incbin "store/dictionaries/0001.dict"
    .globl dictionary_0001_end
    .hidden dictionary_0001_end
dictionary_0001_end:
    .size dictionary_0001, . - dictionary_0001
    .section .note.GNU-stack, "", @progbits
