package main

import "fmt"

// failureLimit is the number of failures in a row that counts as guessing.
const failureLimit = 5

// logon contains the fields of an event that the detector reads.
type logon struct {
	Time   string `json:"_time"`
	User   string `json:"user"`
	Src    string `json:"src"`
	Action string `json:"action"` // success or failure
}

// modifier is a risk modifier: a scored fact about a user.
type modifier struct {
	Time       string  `json:"_time"`
	Source     string  `json:"source"`
	Object     string  `json:"risk_object"`
	ObjectType string  `json:"risk_object_type"`
	Score      float64 `json:"risk_score"`
	Message    string  `json:"risk_message"`
	Threat     string  `json:"threat_object"`
	ThreatType string  `json:"threat_object_type"`
	Attack     string  `json:"annotations.mitre_attack"`
}

// detector counts the consecutive failures of every user, by the name that was typed.
type detector map[string]int

// addLogon processes the next event, and returns a modifier if there is one. Reaching
// failureLimit scores 40. A success after that means that a guess was right, and scores
// 80.
func (d detector) addLogon(e logon) (modifier, bool) {
	m := modifier{
		Time: e.Time, Source: "Password guessing", Object: e.User, ObjectType: "user",
		Threat: e.Src, ThreatType: "ip_address", Attack: "T1110",
	}
	switch failures := d[e.User]; e.Action {
	case "failure":
		d[e.User]++
		m.Score, m.Message = 40, fmt.Sprintf("%d failures of %s in a row", failures+1, e.User)
		return m, failures+1 == failureLimit
	case "success":
		delete(d, e.User)
		m.Score, m.Message = 80, fmt.Sprintf("%s logged on after %d failures", e.User, failures)
		return m, failures >= failureLimit
	}
	return modifier{}, false
}
