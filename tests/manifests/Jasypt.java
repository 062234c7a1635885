import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;

/** Encrypts each line of standard input as jasypt does, with the ciphers of the JDK.
 *  Arguments: algorithm, password. */
public class Jasypt {
    public static void main(String[] arguments) throws Exception {
        String algorithm = arguments[0];
        boolean vector = algorithm.contains("AES");
        SecureRandom random = new SecureRandom();
        for (String line : new String(System.in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
            byte[] salt = new byte[vector ? 16 : 8];
            byte[] iv = new byte[vector ? 16 : 0];
            random.nextBytes(salt);
            random.nextBytes(iv);
            PBEParameterSpec how = vector
                ? new PBEParameterSpec(salt, 1000, new IvParameterSpec(iv))
                : new PBEParameterSpec(salt, 1000);
            Cipher cipher = Cipher.getInstance(algorithm);
            cipher.init(Cipher.ENCRYPT_MODE, SecretKeyFactory.getInstance(algorithm)
                .generateSecret(new PBEKeySpec(arguments[1].toCharArray())), how);
            byte[] hidden = cipher.doFinal(line.getBytes(StandardCharsets.UTF_8));
            byte[] whole = new byte[salt.length + iv.length + hidden.length];
            System.arraycopy(salt, 0, whole, 0, salt.length);
            System.arraycopy(iv, 0, whole, salt.length, iv.length);
            System.arraycopy(hidden, 0, whole, salt.length + iv.length, hidden.length);
            System.out.println(Base64.getEncoder().encodeToString(whole));
        }
    }
}
