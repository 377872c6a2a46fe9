using System.Diagnostics;
using System.Text;
using ModelOps.Engine.Tokenization;

namespace ModelOps.Benchmarks.Groups;

/// <summary>
/// One thread encodes a text with a tokenizer that was just opened, so that no word is cached: prose, code and CJK, and in <c>rare-words</c>
/// words that no text repeats, which no cache helps. The peer is the limit of 5 MB of UTF-8 a second. The tokenizers are the sample's own and
/// the real ones of the shared cases, where those are at hand.
/// </summary>
internal static class EngineTokenizing
{
    private const double Limit = 5;

    public static IEnumerable<Measure> Measures(string root)
    {
        (string Name, Lazy<string> Text)[] texts = [("", new(() => MixedText(root))), ("/rare-words", new(() => RareWords(1_000_000)))];
        string cases = Path.Combine(root, "..", "shared", "cases", "tokenizers");
        string[] folders =
        [
            Path.Combine(root, "sample-repo", "models", "tiny-base"),
            .. new[] { "gpt2", "llama3-style-2k", "llama2-style-sp32k" }.Select(name => Path.Combine(cases, name)),
        ];
        return folders.SelectMany(folder => texts.Select(text =>
            new Measure($"engine/tokenize/{Path.GetFileName(folder)}{text.Name}", "MB/s", ">=", 1, () => Speed(folder, text.Text.Value), () => Limit)
            {
                // The limit does not vary.
                Pairs = 7,
                Missing = () => File.Exists(Path.Combine(folder, Tokenizer.FileName)) ? null : $"there is no {folder}",
            }));
    }

    /// <summary>Megabytes of UTF-8 a second; opening the tokenizer is not timed.</summary>
    private static double Speed(string folder, string text)
    {
        var tokenizer = Tokenizer.Load(folder);
        GC.Collect();
        long started = Stopwatch.GetTimestamp();
        int[] ids = tokenizer.Encode(text, addSpecialTokens: false);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return ids.Length > 0 ? Encoding.UTF8.GetByteCount(text) / seconds / 1e6 : 0;
    }

    /// <summary>About a megabyte each of this repository's prose, its code, and sentences of frequent CJK characters.</summary>
    private static string MixedText(string root)
    {
        const int Part = 1_000_000;
        return Files(root, Part, "*.md", "*.jsonl") + Files(root, Part, "*.cs") + Cjk(Part / 3);
    }

    private static string Files(string root, int length, params string[] patterns)
    {
        var text = new StringBuilder();
        string[] files = [.. new[] { "docs", "src", "tests", "sample-repo" }
            .SelectMany(folder => patterns.SelectMany(p => Directory.EnumerateFiles(Path.Combine(root, folder), p, SearchOption.AllDirectories)))
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin" or "Cases"))
            .Order(StringComparer.Ordinal)];
        foreach (string file in files)
        {
            text.Append(File.ReadAllText(file));
            if (text.Length >= length)
            {
                break;
            }
        }

        return text.ToString(0, Math.Min(length, text.Length));
    }

    /// <summary>Random words, names, numbers and runs of CJK characters.</summary>
    private static string RareWords(int length)
    {
        var random = new Random(5);
        var text = new StringBuilder();
        while (text.Length < length)
        {
            int kind = random.Next(8);
            for (int i = 3 + random.Next(8); i > 0; i--)
            {
                text.Append(kind switch
                {
                    0 => (char)random.Next('0', '9' + 1),
                    1 => (char)random.Next(0x4E00, 0x9FA0),
                    2 when i % 4 == 0 => (char)random.Next('A', 'Z' + 1),
                    _ => (char)random.Next('a', 'z' + 1),
                });
            }

            text.Append(random.Next(12) == 0 ? ".\n" : " ");
        }

        return text.ToString();
    }

    /// <summary>Words of one to four characters, the first of each table the most frequent, with the punctuation of such text.</summary>
    private static string Cjk(int length)
    {
        string[] tables =
        [
            "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实",
            "のにはをたがでてとしれさあるいもこなくりらよまそかえわみつきけゆうどおだす日本人大学年中会社今行見出分後前生時間高国語何",
            "이다는을의에가고하지도로사기아한시서자어나그리인대해수만오일있우전정부라은보장스제안여주구",
        ];
        var random = new Random(3);
        var text = new StringBuilder();
        while (text.Length < length)
        {
            string table = tables[random.Next(10) switch { < 5 => 0, < 8 => 1, _ => 2 }];
            for (int words = 3 + random.Next(8); words > 0; words--)
            {
                for (int i = 1 + random.Next(4); i > 0; i--)
                {
                    text.Append(table[(int)(table.Length * random.NextDouble() * random.NextDouble())]);
                }

                text.Append(table == tables[2] ? " " : words % 4 == 0 ? "，" : "");
            }

            text.Append(random.Next(5) == 0 ? "。\n" : "。");
        }

        return text.ToString();
    }
}
