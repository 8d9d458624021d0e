"""Question and history -> Plan: what is asked, of which papers, and what it takes from the conversation."""
