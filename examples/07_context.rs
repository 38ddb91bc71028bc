//! Fields that all records of a thread, or of a future, carry while a context lasts.

use ringlog::layout::Text;
use ringlog::{Builder, WithContext as _, context, context_fields, info, sink};

async fn handle(request: u32) {
    info!("begins");
    std::future::ready(()).await;
    info!(bytes = request * 100, "ends");
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let layout = Text::pattern("{message}{fields}")?;
    Builder::new().sink(sink::Console::stdout().layout(layout)).init()?;

    info!("no context");
    {
        let _tenant = context!(tenant = "acme");
        let _request = context!(request_id = 17, user = "ada");
        info!("both contexts");
    }
    info!("none again");

    // The context goes with the future, whatever thread polls it.
    let requests = (0..2).map(|id| handle(id).with_context(context_fields!(request_id = id)));
    futures::executor::block_on(futures::future::join_all(requests));
    Ok(())
}
