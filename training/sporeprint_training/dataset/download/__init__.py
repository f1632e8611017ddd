"""Photos from the addresses of a strangers' table: a download that can be killed, resumed and trusted."""
