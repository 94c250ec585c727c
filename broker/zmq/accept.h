// What becomes of a connection for which there is no descriptor; see accept_linux.c.
#ifndef BCP_ACCEPT_H
#define BCP_ACCEPT_H

// bcp_spare has a descriptor in reserve, from the first call on.
void bcp_spare(void);

#endif
