package schema

// virtualMACs are MAC addresses that many machines have at once: those of virtual adapters,
// VPN clients and modems whose driver sets a constant address. They do not identify a
// machine.
//
// Sources, of which only the addresses are taken:
//
//   - GLPI, the default blacklist of its inventory: src/Blacklist.php in
//     https://github.com/glpi-project/glpi
//   - Palo Alto Networks, knowledge base kA10g000000CmAOCA0, on GlobalProtect
//   - adalanche, which skips the loopback adapter: https://github.com/lkarlslund/adalanche
var virtualMACs = []string{
	"20:41:53:59:4e:ff", // Windows RAS async adapter
	"24:b6:20:52:41:53", // Windows WAN miniport
	"33:50:6f:45:30:30", // Windows WAN miniport (PPPoE)
	"50:50:54:50:30:30", // Windows WAN miniport (PPTP)
	"02:00:4c:4f:4f:50", // Windows loopback adapter, also of Npcap
	"00:50:56:c0:00:01", // VMware vmnet1
	"00:50:56:c0:00:02", // VMware vmnet2
	"00:50:56:c0:00:08", // VMware vmnet8
	"0a:00:27:00:00:00", // VirtualBox host-only network
	"fe:ff:ff:ff:ff:ff", // Xen and libvirt bridges
	"02:00:4e:43:50:49", // NCP secure client
	"00:0b:ca:fe:00:00", // VPN client
	"02:50:41:00:00:01", // GlobalProtect
	"00:a0:c6:00:00:00", // Qualcomm Gobi modem
	"02:80:37:ec:02:00", // Dell Wireless 5530 modem
	"d2:0a:2d:a0:04:be", // FireWire network adapters
	"d2:6b:25:2f:2c:e7",
	"e2:e6:16:20:0a:35",
}
