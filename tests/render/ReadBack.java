import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.Properties;
import java.util.TreeMap;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** Reads every file of a directory as the services do: NAME.out gets one "type hex" a scalar. */
public class ReadBack {
    static void walk(Node node, StringBuilder out, IdentityHashMap<Node, Node> seen) {
        if (seen.put(node, node) != null) {
            return;
        }
        if (node instanceof ScalarNode scalar) {
            add(out, node.getTag().getValue(), scalar.getValue());
        } else if (node instanceof SequenceNode sequence) {
            sequence.getValue().forEach(item -> walk(item, out, seen));
        } else if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                walk(tuple.getKeyNode(), out, seen);
                walk(tuple.getValueNode(), out, seen);
            }
        }
    }

    static void add(StringBuilder out, String type, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        out.append(type).append(' ').append(HexFormat.of().formatHex(bytes)).append('\n');
    }

    public static void main(String[] arguments) throws Exception {
        for (File file : new File(arguments[0]).listFiles()) {
            StringBuilder out = new StringBuilder();
            try (FileInputStream stream = new FileInputStream(file)) {
                if (file.getName().endsWith(".properties")) {
                    Properties properties = new Properties();
                    properties.load(stream);
                    for (var entry : new TreeMap<>(properties).entrySet()) {
                        add(out, "key", entry.getKey().toString());
                        add(out, "value", entry.getValue().toString());
                    }
                } else {
                    var reader = new InputStreamReader(stream, StandardCharsets.UTF_8);
                    for (Node node : new Yaml().composeAll(reader)) {
                        walk(node, out, new IdentityHashMap<>());
                    }
                }
            } catch (RuntimeException error) {
                add(out, "error", error.toString());
            }
            Files.writeString(file.toPath().resolveSibling(file.getName() + ".out"), out);
        }
    }
}
