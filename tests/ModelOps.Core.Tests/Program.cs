using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Tests;

// What tests start as another process, and kill.
switch (args)
{
    case ["put", string root, string seed]:
        // Stores results without end: each is two files of random bytes.
        var store = new ModelStore(root, new RecordingLog());
        using (var folder = new TemporaryFolder())
        {
            for (int i = 0; ; i++)
            {
                var random = new Random(int.Parse(seed) + i);
                byte[] bytes = new byte[1 << 20];
                random.NextBytes(bytes);
                folder.Write("result/weights.bin", bytes);
                folder.Write("result/note.txt", $"result {i} of seed {seed}");
                store.Put(FingerprintFile.Of("train", new KeyFields().Add("seed", seed).Add("i", i)), folder.In("result"));
                if (i == 0)
                {
                    Console.WriteLine("stored");
                }
            }
        }

    case ["lock", string root, string key]:
        using (await new ModelStore(root, new RecordingLog()).LockAsync(ActionKey.Parse(key), null, CancellationToken.None))
        {
            Console.WriteLine("held");
            Console.ReadLine();
        }

        return 0;

    case ["slot", string root, string who]:
        using (new TrainingSlots(root, 1).Enter(who, null, CancellationToken.None))
        {
            Console.WriteLine("held");
            Console.ReadLine();
        }

        return 0;

    case ["journal", string root, string subject]:
        // Writes answers without end, as they would come from an endpoint.
        using (AnswerJournal journal = await AnswerJournal.OpenAsync(new ModelStore(root, new RecordingLog()), ActionKey.Parse(subject), paid: true, CancellationToken.None))
        {
            for (int i = 0; ; i++)
            {
                journal.Add(new ModelOps.Core.Protocol.AnswerLine($"id{i}", 0, new string('x', i % 5000), 1, 1, "stop", 1));
                Console.WriteLine(i);
            }
        }

    case ["share", string root]:
        using (new StoreUse(root).Share())
        {
            Console.WriteLine("shared");
            Console.ReadLine();
        }

        return 0;

    case ["put-one", string root, string source]:
        // What came of it, and what it left: unfinished files, records, files that are not what their name says.
        var one = new ModelStore(root, new RecordingLog());
        try
        {
            one.Put(FingerprintFile.Of("train", new KeyFields().Add("a", 1)), source);
            Console.WriteLine("stored");
        }
        catch (ModelOps.Core.Diagnostics.DiagnosticException e)
        {
            Console.WriteLine(e.Diagnostic.Code);
        }

        string[] Files(string folder) => Directory.Exists(Path.Combine(root, folder)) ? Directory.GetFiles(Path.Combine(root, folder), "*", SearchOption.AllDirectories) : [];
        Console.WriteLine($"{Files("tmp").Length} {Files("actions").Length} {Files("cas").Count(b => Digest.OfFile(b).Hex != Path.GetFileName(b))}");
        return 0;

    case ["get-and-lock", string root, string key]:
        var other = new ModelStore(root, new RecordingLog());
        Console.WriteLine(other.TryGet(ActionKey.Parse(key)) is null ? "nothing" : "whole");
        try
        {
            using StoreLock held = await other.LockAsync(ActionKey.Parse(key), null, CancellationToken.None);
            Console.WriteLine("held");
        }
        catch (ModelOps.Core.Diagnostics.DiagnosticException e)
        {
            Console.WriteLine(e.Diagnostic.Code);
        }

        return 0;

    default:
        return 2;
}
