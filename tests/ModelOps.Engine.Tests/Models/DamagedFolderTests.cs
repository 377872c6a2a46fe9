using System.Text;
using ModelOps.Engine.Models;
using ModelOps.Engine.Safetensors;
using ModelOps.Engine.Tests.Training;

namespace ModelOps.Engine.Tests.Models;

/// <summary>
/// Seeded random damage to every file of a model and of an adapter: it is either opened, with every byte of it inside the file, or refused with the exception
/// that carries a file and a reason. Nothing else, and nothing outside.
/// </summary>
public sealed unsafe class DamagedFolderTests : IDisposable
{
    private const string Index = SafetensorsFolder.IndexName;
    private readonly string _folder = Directory.CreateTempSubdirectory("modelops-damage-").FullName;

    // Pieces that a header, an index or a configuration means something by.
    private static readonly string[] s_pieces =
    [
        "{", "}", "[", "]", "\"", ",", ":", "0", "-1", "1.5", "1e99", "9223372036854775807", "18446744073709551616", "null", "true", "\\ud800", "\\u0000", "\"\"",
        "\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"F32\"", "\"I64\"", "\"F4\"", "__metadata__", "\"rope_scaling\":{", "\"llama3\"", "../", "..", "/etc/hostname", "\\\\",
        "2147483647", "\ufeff", " ", "\"weight_map\"", "\"r\":0", "all-linear", "\"modules_to_save\"",
    ];

    [Theory]
    [InlineData("model.safetensors", 1)]
    [InlineData("config.json", 2)]
    [InlineData("adapter/adapter_model.safetensors", 3)]
    [InlineData("adapter/adapter_config.json", 4)]
    public void A_damaged_file_is_refused_or_opened_whole(string file, int seed) => Damage(file, seed, sharded: false);

    [Fact]
    public void A_damaged_index_is_refused_or_opened_whole() => Damage(Index, 5, sharded: true);

    private void Damage(string file, int seed, bool sharded)
    {
        Write(sharded);
        Use(); // Undamaged, all of it opens.
        string path = Path.Combine(_folder, file);
        byte[] good = File.ReadAllBytes(path);
        var random = new Random(seed);
        int refused = 0, rounds = Soak.Count(400, 40_000);
        for (int i = 0; i < rounds; i++)
        {
            byte[] bad = good;
            for (int times = random.Next(1, 4); times > 0; times--)
                bad = Mutate(bad, random);
            File.WriteAllBytes(path, bad);
            try
            {
                Use();
            }
            catch (ModelFileException e)
            {
                Assert.NotEmpty(e.File);
                Assert.NotEmpty(e.Reason);
                refused++;
            }
            catch (Exception e) when (e is not ModelFileException)
            {
                Assert.Fail($"round {i}: {e}\n{Encoding.Latin1.GetString(bad.AsSpan(0, Math.Min(bad.Length, 4096)))}");
            }
        }

        Assert.True(refused > rounds / 4, $"{refused} of {rounds} refused");
    }

    private void Use()
    {
        using (var model = LlamaModel.Load(_folder))
        using (LoraAdapter.Load(Path.Combine(_folder, "adapter"), TinyModels.Config()))
        {
            foreach (var weight in LlamaWeightNames.All(model.Config).Where(w => w.Shape.Length == 2))
            {
                var row = new float[weight.Shape[1]];
                fixed (float* values = row)
                    model.Matrix(weight.Name).Expand(weight.Shape[0] - 1, 1, values);
            }
        }

        using var files = SafetensorsFolder.Open(_folder);
        foreach (var tensor in files.Tensors)
        {
            var last = new byte[Math.Min(8, tensor.ByteLength)];
            tensor.Read(tensor.ByteLength - last.Length, last);
            Assert.Equal(last, tensor.Bytes[^last.Length..].ToArray());
        }
    }

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        // Most damage goes to the front, where the header is.
        int Where() => random.Next(3) > 0 ? random.Next(Math.Min(bytes.Length, 4000) + 1) : random.Next(bytes.Length + 1);
        int at = Where();
        switch (random.Next(6))
        {
            case 0: // a byte
                byte[] flipped = [.. bytes];
                if (at < bytes.Length)
                    flipped[at] ^= (byte)(1 << random.Next(8));
                return flipped;
            case 1: // cut short
                return bytes[..at];
            case 2: // a piece put in
                return [.. bytes[..at], .. Encoding.UTF8.GetBytes(s_pieces[random.Next(s_pieces.Length)]), .. bytes[at..]];
            case 3: // a piece over what is there
                byte[] piece = Encoding.UTF8.GetBytes(s_pieces[random.Next(s_pieces.Length)]);
                return [.. bytes[..at], .. piece, .. bytes[Math.Min(bytes.Length, at + piece.Length)..]];
            case 4: // something left out
                return [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(1, 40))..]];
            default: // something twice
                int end = Math.Min(bytes.Length, at + random.Next(1, 80));
                return [.. bytes[..end], .. bytes[at..]];
        }
    }

    private void Write(bool sharded)
    {
        using var model = TinyModels.Random(TinyModels.Config());
        using var adapter = TinyAdapters.Random(TinyModels.Config(), ["q_proj"]);
        model.Save(_folder);
        adapter.Save(Path.Combine(_folder, "adapter"));
        if (!sharded)
            return;
        string whole = Path.Combine(_folder, SafetensorsFolder.FileName);
        using (var file = SafetensorsFile.Open(whole))
        {
            var shards = file.Tensors.GroupBy(t => t.Name.Contains("layers.1", StringComparison.Ordinal) ? "model-2.safetensors" : "model-1.safetensors").ToList();
            foreach (var shard in shards)
            {
                SafetensorsWriter.Write(Path.Combine(_folder, shard.Key),
                    shard.Select(t => SafetensorsEntry.FromPointer(t.Name, t.Type, t.Shape, t.Pointer)));
            }

            var map = shards.SelectMany(s => s.Select(t => $"\"{t.Name}\":\"{s.Key}\""));
            File.WriteAllText(Path.Combine(_folder, Index), $"{{\"metadata\":{{\"total_size\":1}},\"weight_map\":{{{string.Join(',', map)}}}}}");
        }

        File.Delete(whole);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
