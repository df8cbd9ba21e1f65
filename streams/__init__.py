"""Time, processes, sockets and disks: from a camera to a violation with its evidence."""
