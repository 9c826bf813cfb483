"""The pages around datasets: systems, containers, domains, people, teams, labels, products."""
