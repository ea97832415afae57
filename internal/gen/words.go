package gen

// site is a location of hosts and people.
type site struct {
	code, city, country, lat, long string
}

// The vocabularies are about as large as in real lists: tens of sites and units, hundreds
// of names, a handful of priorities.
var (
	sites = []site{
		{"fra", "Frankfurt", "DE", "50.1109", "8.6821"},
		{"lhr", "London", "GB", "51.5074", "-0.1278"},
		{"cdg", "Paris", "FR", "48.8566", "2.3522"},
		{"mad", "Madrid", "ES", "40.4168", "-3.7038"},
		{"mil", "Milano", "IT", "45.4642", "9.1900"},
		{"waw", "Warszawa", "PL", "52.2297", "21.0122"},
		{"arn", "Stockholm", "SE", "59.3293", "18.0686"},
		{"zrh", "Zürich", "CH", "47.3769", "8.5417"},
		{"vie", "Wien", "AT", "48.2082", "16.3738"},
		{"dub", "Dublin", "IE", "53.3498", "-6.2603"},
		{"ams", "Amsterdam", "NL", "52.3676", "4.9041"},
		{"lis", "Lisboa", "PT", "38.7223", "-9.1393"},
		{"nyc", "New York, NY", "US", "40.7128", "-74.0060"},
		{"chi", "Chicago, IL", "US", "41.8781", "-87.6298"},
		{"sfo", "San Francisco, CA", "US", "37.7749", "-122.4194"},
		{"dfw", "Dallas, TX", "US", "32.7767", "-96.7970"},
		{"yyz", "Toronto", "CA", "43.6532", "-79.3832"},
		{"gru", "São Paulo", "BR", "-23.5505", "-46.6333"},
		{"bog", "Bogotá", "CO", "4.7110", "-74.0721"},
		{"mex", "México", "MX", "19.4326", "-99.1332"},
		{"sin", "Singapore", "SG", "1.3521", "103.8198"},
		{"nrt", "東京", "JP", "35.6762", "139.6503"},
		{"syd", "Sydney", "AU", "-33.8688", "151.2093"},
		{"bom", "Mumbai", "IN", "19.0760", "72.8777"},
		{"hkg", "Hong Kong", "HK", "22.3193", "114.1694"},
		{"icn", "서울", "KR", "37.5665", "126.9780"},
		{"jnb", "Johannesburg", "ZA", "-26.2041", "28.0473"},
		{"los", "Lagos", "NG", "6.5244", "3.3792"},
		{"dxb", "Dubai", "AE", "25.2048", "55.2708"},
		{"tlv", "Tel Aviv", "IL", "32.0853", "34.7818"},
	}

	hostKinds = []string{"ws", "ws", "ws", "ws", "nb", "nb", "srv", "srv", "db", "web", "app", "vm", "k8s", "prn", "rtr", "fw"}

	units = []string{
		"finance", "sales emea", "sales apac", "sales americas", "it operations", "it security", "network", "web",
		"payments", "treasury", "legal", "human resources", "marketing", "research", "quality", "logistics",
		"manufacturing", "facilities", "procurement", "support", "data platform", "mobile", "cloud", "audit",
		"risk, compliance", "board", "partners", "training", "design", "field service",
	}

	categories = []string{
		"workstation", "laptop", "server", "database", "web", "virtual", "container", "printer", "router", "firewall",
		"domain_controller", "dns", "mail", "proxy", "vpn", "storage", "backup", "build", "test", "production",
		"staging", "kiosk", "pos", "cardholder", "pci", "iot", "camera", "badge", "lab", "legacy",
	}

	priorities = []string{"low", "low", "low", "low", "medium", "medium", "medium", "high", "high", "critical", "informational", "unknown"}

	trueWords  = []string{"true", "TRUE", "t", "yes", "Y", "1", "on"}
	falseWords = []string{"false", "False", "f", "no", "N", "0", "off", ""}

	firstNames = []string{
		"Ada", "Ahmed", "Aiko", "Alice", "Amara", "Ana", "André", "Anna", "Bob", "Carlos", "Chen", "Chloë", "Claire",
		"Daniel", "David", "Elena", "Emeka", "Emma", "Eva", "Fatima", "Felix", "Grace", "Hana", "Hans", "Igor", "Ingrid",
		"Ivan", "Jane", "Jorge", "José", "Julia", "Karim", "Kim", "Lars", "Laura", "Li", "Lucía", "Maria", "Mark", "Mei",
		"Mohamed", "Nina", "Noah", "Olga", "Omar", "Pablo", "Paula", "Peter", "Priya", "Rahul", "Rosa", "Samuel", "Sara",
		"Sofia", "Søren", "Thảo", "Tom", "Uma", "Victor", "Wei", "Yuki", "Zoë",
	}

	lastNames = []string{
		"Adeyemi", "Almeida", "Andersson", "Bauer", "Becker", "Bianchi", "Brown", "Chen", "Costa", "Dubois", "Dupont",
		"Eriksen", "Fernández", "Fischer", "García", "Gomes", "Gupta", "Haddad", "Hansen", "Hernández", "Huang", "Ivanov",
		"Jansen", "Jensen", "Johnson", "Jones", "Kaya", "Khan", "Kim", "Kowalski", "Kumar", "Lee", "Lefèvre", "Li", "Lopez",
		"Mbeki", "Meyer", "Moreau", "Müller", "Nakamura", "Ndiaye", "Nguyen", "Novak", "O'Brien", "Okafor", "Olsen",
		"Park", "Patel", "Petrov", "Popescu", "Rossi", "Santos", "Sato", "Schmidt", "Silva", "Singh", "Smith", "Suzuki",
		"Tanaka", "Van den Berg", "Wagner", "Wang", "Weber", "Williams", "Wong", "Yılmaz", "Zhang",
	}

	ruleNames = []string{
		"Brute force", "New admin", "Impossible travel", "Suspicious PowerShell", "Rare process", "Password spray",
		"DCSync", "Kerberoasting", "LSASS access", "New service", "Scheduled task", "Data upload", "Beaconing",
		"DNS tunnel", "Malware quarantined", "EDR ransomware", "EDR credential theft", "Phishing click", "MFA fatigue",
		"Mailbox rule", "Disabled logging", "USB mass storage", "Port scan", "Web shell", "Golden ticket",
	}

	techniques = []string{
		"T1110", "T1110.003", "T1078", "T1059.001", "T1003.001", "T1003.006", "T1558.003", "T1543.003", "T1053.005",
		"T1567", "T1071.004", "T1486", "T1566.002", "T1621", "T1114.003", "T1562.002", "T1046", "T1505.003",
	}
)

const (
	mailDomain = "corp.example"
	logonName  = "CORP" // the short name of the logon domain
)
