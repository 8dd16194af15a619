// Sign a request (RFC 9421, Ed25519) and print the headers to send. URL: percent-encoded. JDK 17+.
// java Signer.java key.pem KEY_ID METHOD URL IDEMPOTENCY_KEY [CREATED NONCE] < body
import java.net.URI;
import java.nio.file.*;
import java.security.*;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.*;
public class Signer {
    static Map<String, String> sign(PrivateKey key, String keyId, String method, URI url,
            String ownId, byte[] body, String created, String nonce) throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(body);
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put("@method", method);
        lines.put("@authority", url.getRawAuthority().toLowerCase()); // no default port
        lines.put("@path", url.getRawPath().isEmpty() ? "/" : url.getRawPath());
        lines.put("@query", "?" + Objects.requireNonNullElse(url.getRawQuery(), ""));
        lines.put("content-digest", "sha-256=:" + Base64.getEncoder().encodeToString(digest) + ":");
        if (List.of("POST", "PUT", "PATCH").contains(method)) lines.put("idempotency-key", ownId);
        String params = "(\"%s\");created=%s;keyid=\"%s\";alg=\"ed25519\";nonce=\"%s\"".formatted(
            String.join("\" \"", lines.keySet()), created, keyId, nonce);
        lines.put("@signature-params", params);
        StringJoiner base = new StringJoiner("\n");
        lines.forEach((name, value) -> base.add("\"" + name + "\": " + value));
        Signature ed25519 = Signature.getInstance("Ed25519"); ed25519.initSign(key);
        ed25519.update(base.toString().getBytes());
        lines.keySet().removeIf(name -> name.startsWith("@"));
        lines.put("signature-input", "f=" + params);
        lines.put("signature", "f=:" + Base64.getEncoder().encodeToString(ed25519.sign()) + ":");
        return lines;
    }
    public static void main(String[] a) throws Exception {
        String pem = Files.readString(Path.of(a[0])).replaceAll("-----.*", "");
        var pkcs8 = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem));
        PrivateKey key = KeyFactory.getInstance("Ed25519").generatePrivate(pkcs8);
        String created = a.length > 5 ? a[5] : "" + System.currentTimeMillis() / 1000;
        String nonce = a.length > 6 ? a[6] : UUID.randomUUID().toString();
        sign(key, a[1], a[2], URI.create(a[3]), a[4], System.in.readAllBytes(), created, nonce)
            .forEach((name, value) -> System.out.println(name + ": " + value));
    }
}
