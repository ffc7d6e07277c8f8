mod support;
#[test]
fn a() {
    support::field_note::play(&["restarts/rdy.txt", "restarts/app_rdy.txt","restarts/cfun_1.txt","restarts/powered_down.txt","restarts/normal_power_down.txt"]);
}
#[test]
fn b() {
    support::field_note::play(&["restarts/bc660k_rdy.txt", "restarts/bc660k_app_rdy.txt","restarts/bc660k_cfun_1.txt","restarts/bc660k_powered_down.txt","restarts/bc660k_normal_power_down.txt"]);
}
