using System.Globalization;
using System.Text;

namespace ModelOps.Benchmarks.Groups;

/// <summary>
/// Validate as a build runs it, in a process of its own, on a million conversations of one file (about 1 GB, made for the run): digests, rows, what is wrong with them, canonical order,
/// <c>rows/train.jsonl</c> and <c>dataset.json</c>. One row of a hundred is nearly another one.
/// </summary>
internal static class DataGroup
{
    private const int Rows = 1_000_000, Runs = 2;
    private const double PlainLimit = 100, NearLimit = 40, MemoryLimit = 1000;

    public static IEnumerable<Measure> Measures(string root)
    {
        var folder = new Lazy<string>(Make);
        var peaks = new List<double>();
        double Rate(string near)
        {
            IReadOnlyDictionary<string, double> numbers = EngineProcess.Run("validate", root, folder.Value, near);
            peaks.Add(numbers["peakBytes"] / 1e6);
            return numbers["megabytesPerSecond"];
        }

        yield return new Measure("data/validate", "MB/s", ">=", 1, () => Rate("0"), () => PlainLimit) { Pairs = Runs, Prepare = () => Rate("0") };
        yield return new Measure("data/validate-near", "MB/s", ">=", 1, () => Rate("0.8"), () => NearLimit) { Pairs = Runs };
        yield return new Measure("data/validate-memory", "MB", "<=", 1, () => peaks.Count > 0 ? peaks.Max() : Peak(Rate, peaks), () => MemoryLimit) { Pairs = 1 };
    }

    private static double Peak(Func<string, double> rate, List<double> peaks)
    {
        rate("0.8");
        return peaks.Max();
    }

    private static string Make()
    {
        string folder = Path.Combine(Scratch.Folder, "data");
        Directory.CreateDirectory(folder);
        var random = new Random(1);
        byte[][] words = [.. Enumerable.Range(0, 4000).Select(_ => Encoding.ASCII.GetBytes(new string([.. Enumerable.Range(0, random.Next(2, 10)).Select(_ => (char)random.Next('a', 'z' + 1))])))];
        Write(Path.Combine(folder, "train.jsonl"), Rows, words, random);
        Write(Path.Combine(folder, "eval.jsonl"), 1000, words, random);
        return folder;
    }

    // Rows of 300 to 1700 bytes in the form in which most programs write them.
    private static void Write(string path, int rows, byte[][] words, Random random)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        byte[][] kept = new byte[256][];
        for (int i = 0; i < rows; i++)
        {
            byte[] question = random.Next(100) == 0 && kept[i % 256] is { } near ? near : Text(words, random, random.Next(20, 160));
            kept[random.Next(256)] = question;
            stream.Write("{\"messages\": [{\"role\": \"system\", \"content\": \"You answer in one line.\"}, {\"role\": \"user\", \"content\": \""u8);
            stream.Write(question);
            stream.Write("?\"}, {\"role\": \"assistant\", \"content\": \""u8);
            stream.Write(Text(words, random, random.Next(20, 100)));
            stream.Write(Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture)));
            stream.Write("\\n\"}]}\n"u8);
        }
    }

    private static byte[] Text(byte[][] words, Random random, int count)
    {
        var text = new MemoryStream();
        for (int i = 0; i < count; i++)
        {
            text.Write(words[random.Next(words.Length)]);
            text.WriteByte((byte)' ');
        }

        return text.ToArray();
    }
}
