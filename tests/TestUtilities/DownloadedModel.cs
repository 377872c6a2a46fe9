using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace ModelOps.TestUtilities;

/// <summary>Files as a hub serves them: small, but with weights in their real format.</summary>
public static class DownloadedModel
{
    public static string[] Layers(int from, int to) => [.. Enumerable.Range(from, to - from).Select(i => $"model.layers.{i}.mlp.up_proj.weight")];

    /// <summary>A whole model of one weight file with two layers.</summary>
    public static string Write(TemporaryFolder folder, string name, string card = "---\nlicense: apache-2.0\n---\n# Tiny\n", int seed = 1, int floats = 6)
    {
        WriteText(folder, name, card);
        File.WriteAllBytes(folder[$"{name}/model.safetensors"], Weights(["model.embed_tokens.weight", .. Layers(0, 2)], seed, floats));
        return folder[name];
    }

    public static void WriteText(TemporaryFolder folder, string name, string card)
    {
        folder.Write($"{name}/config.json", """{"model_type":"llama","vocab_size":16,"hidden_size":4,"num_hidden_layers":2}""");
        folder.Write($"{name}/tokenizer.json", """{"version":"1.0"}""");
        folder.Write($"{name}/chat_template.jinja", "{{ messages }}");
        if (card.Length > 0)
        {
            folder.Write($"{name}/README.md", card);
        }
    }

    /// <summary>A safetensors file with tensors of a few floats each.</summary>
    public static byte[] Weights(string[] tensors, int seed = 1, int floats = 6)
    {
        var header = new Dictionary<string, object>();
        foreach ((int i, string tensor) in tensors.Index())
        {
            header[tensor] = new { dtype = "F32", shape = new[] { floats }, data_offsets = new[] { i * floats * 4, (i + 1) * floats * 4 } };
        }

        byte[] json = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(header)), data = new byte[tensors.Length * floats * 4], length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        new Random(seed).NextBytes(data);
        return [.. length, .. json, .. data];
    }
}
