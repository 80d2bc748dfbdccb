extension ScriptHost {
    /// Six functions and three drivers, one with a table, one of VFIO, one with neither: what scripts run on unless told.
    package static let standardDescription = """
        driver mlx4_core ids=15b3:1003,15b3:1004
        driver vfio-pci
        driver standin_c
        function 0001:00:00.0 15b3:1003 subsystem=15b3:0058 class=020000 header=00 group=1
        function 0001:00:01.0 15b3:1003 subsystem=15b3:0059 class=020000 header=00 group=2
        function 0001:00:02.0 15b3:1004 subsystem=15b3:0058 class=020700 header=00 group=3
        function 0001:00:03.0 8086:10d3 subsystem=8086:a01f class=020000 header=00 group=4
        function 0001:00:04.0 8086:10d3 subsystem=8086:a01f class=020000 header=00
        function 0001:00:05.0 1af4:1041 subsystem=1af4:1100 class=020000 header=00 group=6

        """
}
