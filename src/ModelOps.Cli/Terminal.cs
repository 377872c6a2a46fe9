using System.Text;

namespace ModelOps.Cli;

/// <summary>Where the tool reads and writes: data goes to <see cref="Out"/>, everything for people beside it goes to <see cref="Error"/>.</summary>
/// <param name="Width">Columns of a terminal, 0 when output is not one.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, Func<Stream> In, bool ErrorIsInteractive = false, int Width = 0)
{
    public static Terminal OfProcess()
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var output = new StreamWriter(Console.OpenStandardOutput(), utf8) { AutoFlush = true };
        var error = new StreamWriter(Console.OpenStandardError(), utf8) { AutoFlush = true };
        return new Terminal(output, error, Console.OpenStandardInput, !Console.IsErrorRedirected, Console.IsOutputRedirected ? 0 : WindowWidth());
    }

    private static int WindowWidth()
    {
        try
        {
            return Console.WindowWidth;
        }
        catch (IOException)
        {
            return 0; // No console behind the handle.
        }
    }
}
