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

    case ["share", string root]:
        using (new StoreUse(root).Share())
        {
            Console.WriteLine("shared");
            Console.ReadLine();
        }

        return 0;

    default:
        return 2;
}
