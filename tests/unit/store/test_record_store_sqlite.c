/* The SQLite store keeps the contract. */
#include "contract.h"

int main(void)
{
    return contract_run(STORE_SQLITE);
}
