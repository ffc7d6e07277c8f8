//! The login that `AT+QMTCFG="aliauth"` stands for.
//!
//! The application notes say only that user name and password can then be left out. What is sent
//! in their place is what Alibaba Cloud's IoT Platform documents as its login with a device secret
//! ("Establish MQTT connections over TCP", "Parameters in an MQTT CONNECT message"):
//!
//! ```text
//! client identifier   <clientID>|securemode=<2 with TLS, 3 without>,signmethod=hmacsha1|
//! user name           <device_name>&<product_key>
//! password            HMAC-SHA1, with <device_secret> as its key, of
//!                     clientId<clientID>deviceName<device_name>productKey<product_key>
//! ```
//!
//! The password is written in lower-case hexadecimal digits, as published examples have it. Which
//! of the platform's methods the modules' firmware signs with, and whether it adds the optional
//! time stamp, is not documented.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::{params::Refused, settings::Settings};

/// What a CONNECT says of who connects.
pub(super) struct Login {
    pub(super) client_id: String,
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
}

impl Login {
    /// Makes up for a login that was left out, where the client's settings say how.
    pub(super) fn complete(self, settings: &Settings) -> Result<Self, Refused> {
        match (&settings.aliauth, &self.username) {
            (Some(device), None) => self.sign(device, settings.ssl),
            _ => Ok(self),
        }
    }

    fn sign(self, device: &[String; 3], secure: bool) -> Result<Self, Refused> {
        let [product_key, device_name, secret] = device;
        let client_id = self.client_id;
        let mode = if secure { 2 } else { 3 };
        let mut signature =
            Hmac::<Sha1>::new_from_slice(secret.as_bytes()).map_err(|_| Refused::Parameter)?;
        for part in [
            "clientId",
            &client_id,
            "deviceName",
            device_name,
            "productKey",
            product_key,
        ] {
            signature.update(part.as_bytes());
        }
        let signature = signature.finalize().into_bytes();
        Ok(Self {
            username: Some(format!("{device_name}&{product_key}")),
            password: Some(signature.iter().map(|byte| format!("{byte:02x}")).collect()),
            client_id: format!("{client_id}|securemode={mode},signmethod=hmacsha1|"),
        })
    }
}
