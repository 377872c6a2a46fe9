using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Files;

namespace ModelOps.Benchmarks.Groups;

/// <summary>
/// Reading what identifies models and data. All files are in the page cache: what is measured is ours, not the disk. Files are made once, in the
/// temporary folder, and deleted at the end.
/// </summary>
internal static class IdentityFiles
{
    private const int Shards = 2, Files = 500;
    private const long ModelBytes = 2_000_000_000, FilesBytes = 4_000_000_000, RowsBytes = 250_000_000;

    public static IEnumerable<Measure> Measures(string root)
    {
        var folder = new Lazy<string>(() => Make(root));
        // Two shards: SHA-256 has no parallel form, so one file keeps one core busy.
        yield return new Measure("identity/base-first", "GB/s", ">=", 1, () => Rate(ModelBytes, () => Identify(folder.Value, fresh: true)), () => 2.5)
        {
            Pairs = 10, Prepare = () => MakeModel(root, folder.Value),
        };
        yield return new Measure("identity/base-touched", "GB/s", ">=", 1, () => Touched(folder.Value), () => 10)
        {
            Pairs = 10, Prepare = () => MakeModel(root, folder.Value),
        };
        yield return new Measure("identity/rows", "MB/s", ">=", 1, () => 1000 * Rate(RowsBytes, () => ReadRows(folder.Value)), () => 250)
        {
            Pairs = 10, Prepare = () => MakeRows(folder.Value),
        };
        yield return new Measure("identity/files", "s", "<=", 1.25, () => Seconds(() => HashOurs(folder.Value)), () => Seconds(() => HashPeer(folder.Value)))
        {
            Prepare = () => MakeFiles(folder.Value),
        };
    }

    private static double Seconds(Action action)
    {
        GC.Collect();
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Rate(long bytes, Action action) => bytes / 1e9 / Seconds(action);

    private static void Identify(string folder, bool fresh)
    {
        string cachePath = Path.Combine(folder, "stat.cache");
        if (fresh)
        {
            File.Delete(cachePath);
        }

        StatCache cache = StatCache.Load(cachePath);
        BaseModelIdentity.Compute(Path.Combine(folder, "model"), path => cache.DigestOf(path, default));
        cache.Save();
    }

    private static double Touched(string folder)
    {
        Identify(folder, fresh: false);
        foreach (string file in Directory.GetFiles(Path.Combine(folder, "model"), "*.safetensors"))
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-1));
        }

        return Rate(ModelBytes, () => Identify(folder, fresh: false));
    }

    private static void ReadRows(string folder)
    {
        string[] files = Directory.GetFiles(Path.Combine(folder, "rows"));
        if (DatasetReader.Read(files, DatasetKind.Training, new NoLog(), default) is not { Rows.Count: > 0 })
        {
            throw new InvalidOperationException("The rows of this benchmark are not valid.");
        }
    }

    private static void HashOurs(string folder)
    {
        string cachePath = Path.Combine(folder, "files.cache");
        File.Delete(cachePath);
        StatCache cache = StatCache.Load(cachePath);
        cache.Read(Directory.GetFiles(Path.Combine(folder, "files")), default);
        cache.Save();
    }

    private static void HashPeer(string folder)
        => Parallel.ForEach(Directory.GetFiles(Path.Combine(folder, "files")), new ParallelOptions { MaxDegreeOfParallelism = 2 }, path =>
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
            SHA256.HashData(stream);
        });

    private static string Make(string root)
    {
        string folder = Directory.CreateTempSubdirectory("modelops-bench-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }

    private static void MakeModel(string root, string folder)
    {
        string model = Path.Combine(folder, "model");
        if (Directory.Exists(model))
        {
            return;
        }

        Directory.CreateDirectory(model);
        foreach (string file in Directory.GetFiles(Path.Combine(root, "sample-repo", "models", "tiny-base"), "*.json*"))
        {
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        }

        string[] shards = [.. Enumerable.Range(1, Shards).Select(i => $"model-0000{i}-of-0000{Shards}.safetensors")];
        string map = string.Join(',', shards.Select((s, i) => $"\"w{i}\":\"{s}\""));
        File.WriteAllText(Path.Combine(model, "model.safetensors.index.json"), $"{{\"weight_map\":{{{map}}}}}");
        Array.ForEach(shards, shard => WriteNoise(Path.Combine(model, shard), ModelBytes / Shards));
    }

    private static void MakeFiles(string folder)
    {
        // The model's pages would crowd these out.
        if (Directory.Exists(Path.Combine(folder, "model")))
        {
            Directory.Delete(Path.Combine(folder, "model"), recursive: true);
        }

        Directory.CreateDirectory(Path.Combine(folder, "files"));
        for (int i = 0; i < Files; i++)
        {
            WriteNoise(Path.Combine(folder, "files", $"{i}.bin"), FilesBytes / Files);
        }
    }

    // Conversations of 150 to 900 bytes, in the form in which most programs write them.
    private static void MakeRows(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "rows"));
        var random = new Random(1);
        string[] words = [.. Enumerable.Range(0, 2000).Select(_ => new string([.. Enumerable.Range(0, random.Next(2, 10)).Select(_ => (char)random.Next('a', 'z' + 1))]))];
        string Text(int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => words[random.Next(words.Length)]));
        for (int file = 0; file < 4; file++)
        {
            using var writer = new StreamWriter(Path.Combine(folder, "rows", $"{file}.jsonl"), false, new UTF8Encoding(false)) { NewLine = "\n" };
            for (long written = 0; written < RowsBytes / 4;)
            {
                string line = string.Create(CultureInfo.InvariantCulture,
                    $$"""{"messages": [{"role": "system", "content": "You answer in one line."}, {"role": "user", "content": "{{Text(random.Next(5, 100))}}?"}, {"role": "assistant", "content": "{{Text(random.Next(2, 30))}}\n"}]}""");
                writer.WriteLine(line);
                written += line.Length + 1;
            }
        }
    }

    private static void WriteNoise(string path, long size)
    {
        byte[] buffer = new byte[1 << 20];
        new Random(path.GetHashCode(StringComparison.Ordinal)).NextBytes(buffer);
        using FileStream stream = File.Create(path);
        for (long left = size; left > 0; left -= buffer.Length)
        {
            stream.Write(buffer, 0, (int)Math.Min(left, buffer.Length));
        }
    }

    private sealed class NoLog : IStageLog
    {
        public void Report(Diagnostic diagnostic) => throw new DiagnosticException(diagnostic);

        public void Message(string text, bool important = false)
        {
        }

        public void Progress(StageProgress progress)
        {
        }
    }
}
